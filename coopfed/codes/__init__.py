"""What has a code, so that it is the same in every language: sectors, regions, kinds of cooperatives, what is offered, states; and the
check digits of registries. Pure; facts lie in `data/`, as tables that people can read.
"""
