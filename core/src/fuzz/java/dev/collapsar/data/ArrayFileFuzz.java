package dev.collapsar.data;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;

/** .npy, .npz and .safetensors files; the seeds are of all three. */
class ArrayFileFuzz {
  @FuzzTest(maxDuration = "2m")
  void arrays(byte[] bytes) throws IOException {
    Fuzzing.read(bytes, HostileFilesTest::exhaust);
  }
}
