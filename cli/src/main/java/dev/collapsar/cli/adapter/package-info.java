/** The commands on adapters. */
package dev.collapsar.cli.adapter;
