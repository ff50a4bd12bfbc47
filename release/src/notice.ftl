<#-- The third parties of a release: one paragraph each, sorted by name. -->
Collapsar
Copyright 2026 The Collapsar maintainers
Licensed under the Apache License, Version 2.0; see LICENSE.

This archive holds the work of others, each under its own licence. Their texts, as far as their jars bring them, and those of the
native libraries are in licences/.

<#list dependencyMap as entry>
<#assign project = entry.getKey() licences = entry.getValue()>
${(project.name?has_content)?then(project.name?replace("\\s+", " ", "r"), project.artifactId)}
    ${project.groupId}:${project.artifactId}:${project.version}<#if project.url?has_content>
    ${project.url}</#if>
    <#list licences as licence>${licence?replace("\\s+", " ", "r")}<#sep>; </#list>

</#list>
Apache ECharts 6.1.0: The Apache Software Foundation; Apache License, Version 2.0, with d3.js of Mike Bostock, BSD 3-Clause. Inside
collapsar-core, with its licences.
MNIST: Yann LeCun, Corinna Cortes; CC BY-SA 3.0. Fashion-MNIST: Zalando SE; MIT. Both inside collapsar-learn, with their licences.
