// What ./collapsar jshell begins with.
import dev.collapsar.data.*;
import dev.collapsar.features.*;
import dev.collapsar.linalg.*;
import dev.collapsar.metric.*;
import dev.collapsar.random.*;
import dev.collapsar.report.*;
import dev.collapsar.run.*;
import dev.collapsar.stats.*;
import dev.collapsar.learn.adapter.*;
import dev.collapsar.learn.model.*;
import dev.collapsar.learn.network.*;
import dev.collapsar.learn.network.architecture.*;
import dev.collapsar.learn.network.layer.*;
import dev.collapsar.learn.tensor.*;
import dev.collapsar.learn.evaluation.*;
import dev.collapsar.learn.training.*;
import dev.collapsar.learn.weight.*;
/** The table that collapsar measure prints. */
void table(String file) { try (FeatureFile f = FeatureFile.open(file)) { System.out.print(CollapseFormat.TABLE.render(Collapse.of(f, f.classes()).measure())); } }
