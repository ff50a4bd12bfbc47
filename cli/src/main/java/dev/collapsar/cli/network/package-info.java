/**
 * Networks that are there: what they are, what they compute and say of samples, written as
 * TorchScript.
 */
package dev.collapsar.cli.network;
