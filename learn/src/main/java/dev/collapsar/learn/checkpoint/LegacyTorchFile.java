package dev.collapsar.learn.checkpoint;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The form before PyTorch 1.6: five pickles in a row (magic number, protocol, system, object,
 * storage keys), then for each key an int64 count and the elements.
 */
final class LegacyTorchFile implements TorchFile, StorageBytes.Source {
  private static final BigInteger MAGIC = new BigInteger("119547037146038801333356");

  private final FileChannel channel;
  private final StorageBytes bytes;
  private final Object root;
  private final Map<String, Long> positions = new HashMap<>();

  LegacyTorchFile(Path path) throws IOException {
    this(FileChannel.open(path, StandardOpenOption.READ));
  }

  private LegacyTorchFile(FileChannel channel) throws IOException {
    this.channel = channel;
    this.bytes = new StorageBytes(this, channel.size());
    try {
      PickleInput in =
          new PickleInput(
              new BufferedInputStream(Channels.newInputStream(channel)), channel.size());
      Map<String, Storage> storages = new HashMap<>();
      if (!MAGIC.equals(Pickle.read(in, storages))) {
        throw new IOException("a pickle that torch.save did not write");
      }
      Pickle.read(in, storages); // the protocol, 1001 since PyTorch 0.2
      if (Pickle.read(in, storages) instanceof Map<?, ?> system
          && Boolean.FALSE.equals(system.get("little_endian"))) {
        throw new IOException("byte order 'big'; only 'little' is read");
      }
      root = Pickle.read(in, storages);
      locate(Pickle.read(in, storages), storages, in.position());
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void locate(Object keys, Map<String, Storage> storages, long start) throws IOException {
    if (!(keys instanceof List<?> list)) {
      throw new IOException("no list of storage keys");
    }
    long at = start;
    for (Object key : list) {
      Storage storage = key instanceof String ? storages.get(key) : null;
      if (storage == null) {
        throw new IOException(
            "storage %s is of a type that is not read"
                .formatted(key instanceof String ? key : "without a name"));
      }
      ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      readFully(at, count);
      if (count.hasRemaining() || count.getLong(0) != storage.count()) {
        throw new IOException(
            "storage %s does not hold the %s elements it promises"
                .formatted(storage.key(), storage.count()));
      }
      at += Long.BYTES;
      positions.put(storage.key(), at);
      if (storage.bytes() > channel.size() - at) {
        throw new IOException("storage %s is cut short".formatted(storage.key()));
      }
      at += storage.bytes();
    }
  }

  private void readFully(long from, ByteBuffer into) throws IOException {
    long at = from;
    for (int read = 0; into.hasRemaining() && read >= 0; at += read) {
      read = channel.read(into, at);
    }
  }

  @Override
  public Object root() {
    return root;
  }

  @Override
  public StorageBytes bytes() {
    return bytes;
  }

  @Override
  public void load(Storage storage, ByteBuffer into) throws IOException {
    Long position = positions.get(storage.key());
    if (position == null) {
      throw new IOException("storage %s is missing".formatted(storage.key()));
    }
    readFully(position, into);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
