package dev.collapsar.learn.dataset;

/**
 * A file that is fetched from elsewhere.
 *
 * @param file its name
 * @param address where its owners offer it
 * @param md5 what it must have, in hex
 */
record Download(String file, String address, String md5) {}
