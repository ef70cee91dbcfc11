"""The way of the money as the notice has it: what may move on, who moves it, and what waits where."""
