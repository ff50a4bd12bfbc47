package dev.collapsar.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.NewFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The part of a run that has arrived at a server: {@code mlflow.json} in its directory, so that
 * whoever takes the run up again, or sends it later, goes on in the same MLflow run and sends
 * nothing twice.
 *
 * @param server address of the tracking server
 * @param parent the MLflow run of the study that it is in; null for none
 * @param rows how many of the record's numbers have arrived, from the first on
 * @param inputs how many of its data sets
 * @param complete whether its files and its end have
 */
record MlflowState(
    String server,
    String experiment,
    String experimentId,
    String runId,
    String parent,
    int rows,
    int inputs,
    boolean complete) {
  static final String FILE = "mlflow.json";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  static Optional<MlflowState> read(Path directory, MlflowServer server) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      MlflowState state = MAPPER.readValue(Files.readAllBytes(file), MlflowState.class);
      return Optional.of(state).filter(known -> known.server().equals(server.toString()));
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(
          file + " is damaged; remove it, and the run is sent as a new one");
    } catch (IOException e) {
      throw InvalidInputException.because(file + " cannot be read", e);
    }
  }

  void write(Path directory) {
    NewFile.write(
        directory.resolve(FILE),
        out -> out.write(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this)));
  }

  MlflowState sent(int allRows, int allInputs) {
    return new MlflowState(
        server, experiment, experimentId, runId, parent, allRows, allInputs, complete);
  }

  MlflowState completed(boolean whole) {
    return new MlflowState(server, experiment, experimentId, runId, parent, rows, inputs, whole);
  }

  MlflowState in(String study) {
    return new MlflowState(server, experiment, experimentId, runId, study, rows, inputs, complete);
  }
}
