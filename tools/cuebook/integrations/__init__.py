"""Prompts for frameworks that an app has: one module each, which imports the framework when it is called.

Each begins with what ``Prompt.to_openai`` gives, filled once, and either carries a setting or refuses it.
"""
