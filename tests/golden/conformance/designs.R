# Simple and stratified samples, clusters, two stages, strata with one PSU: R survey.

source("matrix.R")

simple <- svydesign(ids = ~1, fpc = ~fpc, weights = ~pw, data = read_data("apisrs.csv"))
strata <- read_data("apistrat.csv")
stratified <- svydesign(ids = ~1, strata = ~stype, fpc = ~fpc, weights = ~pw, data = strata)
replaced <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = strata)
clusters <- read_data("apiclus1.csv")
one_stage <- svydesign(ids = ~district, fpc = ~fpc, weights = ~pw, data = clusters)
one_stage_exact <- svydesign(ids = ~district, fpc = ~fpc, data = clusters)
one_stage_replaced <- svydesign(ids = ~district, weights = ~pw, data = clusters)
two <- read_data("apiclus2.csv")
two_stage <- svydesign(ids = ~ district + school, fpc = ~ fpc1 + fpc2, data = two)
two_stage_replaced <- svydesign(ids = ~district, weights = ~pw, data = two)
zones <- read_data("mu284_two_stage.csv")
zones_two_stage <- svydesign(ids = ~ cluster + town, strata = ~zone, fpc = ~ clusters + towns, data = zones)
zones_fractions <- svydesign(ids = ~ cluster + town, strata = ~zone, fpc = ~ first + second, data = zones)
by_zone <- read_data("mu284_stratified.csv")
towns_stratified <- svydesign(ids = ~1, strata = ~zone, fpc = ~N_h, data = by_zone)

few <- read_data("few.csv")
single <- function(rule, fpc = TRUE) {
  options(survey.lonely.psu = rule)
  on.exit(options(survey.lonely.psu = "fail"))
  design <- if (fpc) svydesign(ids = ~1, strata = ~county, fpc = ~N_h, data = few) else
    svydesign(ids = ~1, strata = ~county, weights = ~weight, data = few)
  # Domains are not compared: on a subset R counts the strata with sampled units of the domain.
  figures <- c(simple_figures(design, schools), function_figures(design, schools))
  block_of(design, figures, covariance_blocks(design, schools, "stype")[c("totals", "functions")])
}

more_towns <- modifyList(towns, list(by = c("zone", "large")))
write_json(list(
  "simple random" = matrix_block(simple, schools),
  "stratified" = matrix_block(stratified, schools),
  "stratified, with replacement" = matrix_block(replaced, schools),
  "stratified, towns" = matrix_block(towns_stratified, more_towns),
  "clusters" = matrix_block(one_stage, schools),
  "clusters, weights from the fpc" = matrix_block(one_stage_exact, schools),
  "clusters, with replacement" = matrix_block(one_stage_replaced, schools),
  "two stages" = matrix_block(two_stage, schools),
  "two stages, ultimate cluster" = matrix_block(two_stage_replaced, schools),
  "two stages, strata" = matrix_block(zones_two_stage, more_towns),
  "two stages, fractions" = matrix_block(zones_fractions, more_towns),
  "single PSU, adjust" = single("adjust"),
  "single PSU, average" = single("average"),
  "single PSU, certainty" = single("certainty"),
  "single PSU, adjust, with replacement" = single("adjust", FALSE)
), "designs.json")
