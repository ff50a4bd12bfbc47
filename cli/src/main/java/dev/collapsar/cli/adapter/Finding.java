package dev.collapsar.cli.adapter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;

/** What was computed of an adapter, beside what its files say. */
interface Finding {
  void print(PrintWriter out);

  /** Under a name of its own. */
  void fill(ObjectNode root);
}
