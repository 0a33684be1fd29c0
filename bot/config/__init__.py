"""配置 (configuration): config.toml as frozen values, or every mistake in it at once.

``load.load(path)`` gives ``Loaded`` or raises ``ConfigProblems``; the tables are in ``model.py``.
"""
