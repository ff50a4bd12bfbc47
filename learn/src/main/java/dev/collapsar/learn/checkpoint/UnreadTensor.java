package dev.collapsar.learn.checkpoint;

/**
 * A tensor, or something that stands for one, whose elements are not understood: where it belongs
 * to a state dict, the file is refused rather than read without it.
 *
 * @param kind in a few words, such as {@code a tensor in torch.ComplexFloatStorage}
 */
record UnreadTensor(String kind) {}
