package dev.collapsar.metric;

/**
 * How r orthonormal directions v_j lie to K vectors m_k (centred class means), numbers that do not
 * depend on the directions' signs.
 *
 * @param cosAbs mean over j and k of |v_j . m_k| / ||m_k||, in [0, 1]
 * @param projection sum over k of ||V m_k||^2 / sum of ||m_k||^2: the share of the vectors that
 *     lies in the span of the directions, in [0, 1]
 * @param angleMax the largest of the min(r, rank) principal angles between the two spans, in
 *     radians, [0, pi/2]
 */
public record Overlap(double cosAbs, double projection, double angleMax) {}
