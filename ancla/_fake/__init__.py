"""The implementation of `ancla.testing.FakeAncla`.

A request goes down this list, and its response comes back up:

server    reads and writes HTTP, with a thread for each connection
api       finds the route, checks the key, the query and the body, and makes the response
routes    the tables of routes, one for each route set
actions   the operations, and the look-up of the records that a request names
platform  organizations, projects, applications, configuration and keys, in memory
pipeline  builds, releases and deployments, step by step
records   the dataclasses that platform and pipeline store

views     which fields of a record a response has
errors    the exceptions for invalid requests, and the error responses of each route set
argument_checks  checks of the arguments of FakeAncla and its methods
command   the arguments and the output of `python -m ancla.testing`
tour      the program behind `python -m ancla.testing tour`; it is a user of the others
"""
