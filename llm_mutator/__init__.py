"""Mutation operators: proposals of new warriors, by genetic operators or by a chat model."""
