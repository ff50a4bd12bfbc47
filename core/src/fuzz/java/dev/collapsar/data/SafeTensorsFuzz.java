package dev.collapsar.data;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;

/** Whole safetensors files, as adapters and checkpoints are read. */
class SafeTensorsFuzz {
  @FuzzTest(maxDuration = "1m")
  void tensors(byte[] bytes) throws IOException {
    Fuzzing.read(bytes, SafeTensors::read);
  }
}
