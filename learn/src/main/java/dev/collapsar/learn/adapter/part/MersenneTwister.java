package dev.collapsar.learn.adapter.part;

/**
 * MT19937 (Matsumoto and Nishimura 1998) seeded with one number, and PyTorch's uniform floats from
 * it: the low 24 bits of a draw over 2^24, then scaled in single precision with one rounding
 * (fused, as its kernel does).
 */
final class MersenneTwister {
  private static final int N = 624;
  private static final int M = 397;

  private final int[] state = new int[N];
  private int next = N;

  MersenneTwister(long seed) {
    state[0] = (int) seed;
    for (int i = 1; i < N; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
    }
  }

  /** {@code tensor.uniform_(-bound, bound)}, row-major. */
  double[] uniform(int count, double bound) {
    float from = (float) -bound;
    float width = (float) bound - from;
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = Math.fma((draw() & 0xffffff) * 0x1p-24f, width, from);
    }
    return values;
  }

  private int draw() {
    if (next == N) {
      for (int i = 0; i < N; i++) {
        int joined = state[i] & 0x80000000 | state[(i + 1) % N] & 0x7fffffff;
        state[i] = state[(i + M) % N] ^ joined >>> 1 ^ (joined & 1) * 0x9908b0df;
      }
      next = 0;
    }
    int y = state[next++];
    y ^= y >>> 11;
    y ^= y << 7 & 0x9d2c5680;
    y ^= y << 15 & 0xefc60000;
    return y ^ y >>> 18;
  }
}
