"""What `canbao policy` does with files and screens; what notices mean is in `libs/common/policy`."""
