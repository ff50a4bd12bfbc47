package dev.collapsar.learn.images;

import dev.collapsar.learn.tensor.TensorBridge;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The value of each of the 256 bytes, by channel: one look-up a pixel, straight into the order in
 * which a batch lies in memory.
 *
 * @param values (c,256)
 */
record PixelValues(float[][] values) {
  /** v / 255 in every channel, in single precision. */
  static PixelValues unit(int channels) {
    float[][] values = new float[channels][256];
    for (int v = 0; v < 256; v++) {
      for (float[] channel : values) {
        channel[v] = v / 255f;
      }
    }
    return new PixelValues(values);
  }

  /** (x - mean) / deviation of each channel's values x. */
  PixelValues normalized(List<Double> mean, List<Double> deviation) {
    float[][] normalized = new float[values.length][256];
    for (int c = 0; c < values.length; c++) {
      for (int v = 0; v < 256; v++) {
        normalized[c][v] =
            (values[c][v] - mean.get(c).floatValue()) / deviation.get(c).floatValue();
      }
    }
    return new PixelValues(normalized);
  }

  /**
   * Images that lie one after another as (n,c,h,w), channels innermost in memory.
   *
   * @param pixels (n,c,h,w), row-major
   */
  Tensor batch(byte[] pixels, int height, int width) {
    int channels = values.length;
    int plane = height * width;
    int count = pixels.length / (channels * plane);
    float[] numbers = new float[count * plane * channels]; // (count,h,w,c)
    for (int i = 0; i < count; i++) {
      for (int c = 0; c < channels; c++) {
        float[] table = values[c];
        int pixel = (i * channels + c) * plane;
        int number = i * plane * channels + c;
        for (int p = 0; p < plane; p++) {
          numbers[number + p * channels] = table[pixels[pixel + p] & 0xff];
        }
      }
    }
    return TensorBridge.floats(numbers, count, height, width, channels)
        .permute(0, 3, 1, 2); // (count,c,h,w)
  }
}
