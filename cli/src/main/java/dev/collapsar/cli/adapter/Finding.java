package dev.collapsar.cli.adapter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;

/** A result computed of an adapter, beside the facts of its files. */
interface Finding {
  void print(PrintWriter out);

  /** Under a name of its own. */
  void fill(ObjectNode root);
}
