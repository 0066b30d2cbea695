"""A page in the browser, and the same as JSON: one picture in, its outlines and numbers out, nothing kept.

Everything is served from this machine; docs/serve.md says what is held, where and for how long.
"""
