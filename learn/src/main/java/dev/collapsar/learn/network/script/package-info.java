/**
 * Networks that others wrote: PyTorch's TorchScript files as the second side of {@link
 * dev.collapsar.learn.network.Network}. A file is code, so its source is read before LibTorch sees
 * it; its graph is inlined for taps and for what reads which tensor; adapters act through the slots
 * that hold its weights.
 */
package dev.collapsar.learn.network.script;
