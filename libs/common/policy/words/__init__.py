"""How a notice's keys, closed sets and values are called in Chinese and English, for people and for editors.

Files in reading order: `table` (how the lists are kept), `fields` and `help` (keys), `values` (closed sets),
`names` (what codes of one notice stand for), `conditions` and `phrases` (whole rules in words).
"""
