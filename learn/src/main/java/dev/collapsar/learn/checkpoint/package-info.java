/** PyTorch's checkpoints and safetensors as named tensors; nothing in a pickle is executed. */
package dev.collapsar.learn.checkpoint;
