/**
 * What flows into networks: samples of any kind, in batches of named inputs. Images, arrays and
 * texts are sides of it; networks, training and feedback see nothing else of the data.
 */
package dev.collapsar.learn.batch;
