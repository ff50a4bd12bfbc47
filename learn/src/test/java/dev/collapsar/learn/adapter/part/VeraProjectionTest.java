package dev.collapsar.learn.adapter.part;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VeraProjectionTest {
  @Test
  void theDrawnProjectionIsWhatPeftSavedForTheSameKeyBitByBit() {
    Map<String, StoredTensor> saved =
        SafeTensors.read(Golden.path("adapters/vera/adapter/adapter_model.safetensors")).tensors();
    VeraProjection.Matrices drawn =
        new VeraProjection.Drawn(3, 6).of(List.of(new long[] {20, 12}, new long[] {7, 20}));
    assertArrayEquals(saved.get("base_model.vera_A").toDoubles(), drawn.a());
    assertArrayEquals(saved.get("base_model.vera_B").toDoubles(), drawn.b());
  }
}
