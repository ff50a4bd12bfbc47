package dev.collapsar.mlflow;

/** A call to a tracking server that did not do what it should; the message is one line. */
final class MlflowException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The HTTP status of an answer that was no success, or 0 if there was none. */
  private final int status;

  private final String code;

  MlflowException(int status, String code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  int status() {
    return status;
  }

  /**
   * Whether the server said so: MLflow's own error code, such as {@code RESOURCE_DOES_NOT_EXIST}.
   */
  boolean is(String errorCode) {
    return code.equals(errorCode);
  }

  /** Whether there was no answer, or none of the tracking server's own: worth another try later. */
  boolean isOutage() {
    return status == 0 || status == 429 || status >= 500;
  }

  boolean isRefusedCredentials() {
    return status == 401 || status == 403;
  }
}
