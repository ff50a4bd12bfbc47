package dev.collapsar.report.study;

import dev.collapsar.report.Html;
import dev.collapsar.report.Page;
import dev.collapsar.report.Plots;
import dev.collapsar.study.Study;

/**
 * Several runs read together as one HTML page that needs nothing else. It is a function of the
 * study alone, to the byte.
 */
public final class StudyReport {
  private StudyReport() {}

  /**
   * The page.
   *
   * @param name what the study goes by if it has no title: as a rule its directory's
   */
  public static String render(Study study, String name) {
    Looks looks = Looks.of(study);
    Plots plots = new Plots();
    Html main = new Html();
    new StudyOverview(study, looks).write(main, name);
    new Forest(study, looks).write(main);
    CourseCharts charts = new CourseCharts(study, looks, plots);
    charts.write(main);
    new StudyDetails(study).write(main);
    String title = study.question().title().isEmpty() ? name : study.question().title();
    return Page.of(title, main, plots, charts.stages());
  }
}
