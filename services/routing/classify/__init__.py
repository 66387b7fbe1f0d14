"""What a report without a category is about: guessed from its words, by the policy's lexicon or by a trained model."""
