from setuptools import Distribution, setup


class Binary(Distribution):
    """A wheel of one platform, although nothing in it was compiled for Python."""

    def has_ext_modules(self):
        return True


setup(distclass=Binary)
