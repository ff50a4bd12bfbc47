/** Runs on an MLflow tracking server, by its REST API. */
package dev.collapsar.mlflow;
