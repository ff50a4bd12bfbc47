package dev.collapsar.learn.picture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.Sha256;
import dev.collapsar.learn.batch.Preparation;
import dev.collapsar.learn.picture.Picture.Look;
import dev.collapsar.learn.picture.Picture.Wanted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedPicturesTest {
  private static final Wanted WANTED = Wanted.square(4);
  private static final String FIRST = Sha256.of("first");
  private static final String SECOND = Sha256.of("second");

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void keepTwo() {
    file = folder.resolve("images.prepared");
    try (PreparedPictures pictures = PreparedPictures.in(Optional.of(file))) {
      pictures.add(FIRST, WANTED, picture(true, 3));
      pictures.add(SECOND, WANTED, picture(false, 9));
    }
  }

  private static Picture picture(boolean grey, int value) {
    byte[] planes = new byte[(grey ? 1 : 3) * 16];
    Arrays.fill(planes, (byte) value);
    return new Picture(new Look(4, 4, grey, !grey, grey), planes);
  }

  @Test
  void whatAnEarlierProcessMadeIsFound() {
    try (PreparedPictures pictures = PreparedPictures.in(Optional.of(file))) {
      Picture first = pictures.find(FIRST, WANTED).orElseThrow();
      Picture second = pictures.find(SECOND, WANTED).orElseThrow();
      assertEquals(picture(true, 3).look(), first.look());
      assertEquals(picture(false, 9).look(), second.look());
      assertArrayEquals(picture(true, 3).planes(), first.planes());
      assertArrayEquals(picture(false, 9).planes(), second.planes());
    }
  }

  @Test
  void otherContentAndOtherWishesAreNotFound() {
    Wanted cutWider = new Wanted(new Preparation(5), 4, 4);
    try (PreparedPictures pictures = PreparedPictures.in(Optional.of(file))) {
      assertEquals(Optional.empty(), pictures.find(Sha256.of("third"), WANTED));
      assertEquals(Optional.empty(), pictures.find(FIRST, Wanted.square(5)));
      assertEquals(Optional.empty(), pictures.find(FIRST, cutWider));
    }
  }

  /** A process that is killed while it writes leaves any beginning of a picture. */
  @Test
  void aPictureThatWasCutShortIsMadeAgainAndTheOthersStay() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int cut = 1; cut < whole.length / 2; cut += 5) {
      Files.write(file, Arrays.copyOf(whole, whole.length - cut));
      try (PreparedPictures pictures = PreparedPictures.in(Optional.of(file))) {
        assertTrue(pictures.find(FIRST, WANTED).isPresent());
        assertFalse(pictures.find(SECOND, WANTED).isPresent());
        pictures.add(SECOND, WANTED, picture(false, 9));
        assertArrayEquals(
            picture(false, 9).planes(), pictures.find(SECOND, WANTED).orElseThrow().planes());
      }
      assertArrayEquals(whole, Files.readAllBytes(file));
    }
  }

  @Test
  void pixelsThatWereChangedAreNotFound() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    try (PreparedPictures pictures = PreparedPictures.in(Optional.of(file))) {
      assertTrue(pictures.find(FIRST, WANTED).isPresent());
      assertFalse(pictures.find(SECOND, WANTED).isPresent());
    }
  }

  @Test
  void withoutAFileNothingIsKept() {
    try (PreparedPictures pictures = PreparedPictures.in(Optional.empty())) {
      assertFalse(pictures.keeps(Integer.MAX_VALUE));
      assertFalse(pictures.find(FIRST, WANTED).isPresent());
    }
  }
}
