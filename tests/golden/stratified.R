# Stratified simple random sample of communes, with take-all strata: R survey.

source("figures.R")
options(survey.lonely.psu = "fail")
data <- read_sample("stratified.csv")

block <- function(design, random = design) {
  list(degf = degf(design), degf_random = degf(random),
       figures = c(national_figures(design), domain_figures(design, "region", with_functions = TRUE),
                   domain_figures(design, "size_class")),
       covariances = covariances(design))
}
random_part <- function(design) design[data$n_h < data$N_h, ]

by_count <- svydesign(ids = ~1, strata = ~stratum, fpc = ~N_h, data = data)
by_fraction <- svydesign(ids = ~1, strata = ~stratum, fpc = ~fraction, data = data)
adjusted <- svydesign(ids = ~1, strata = ~stratum, fpc = ~N_h, weights = ~adjusted_weight, data = data)
data$N <- 2896
one_stratum <- svydesign(ids = ~1, fpc = ~N, data = data)
blocks <- list(
  "fpc as N_h" = block(by_count, random_part(by_count)),
  "fpc as a fraction" = block(by_fraction, random_part(by_fraction)),
  "adjusted weights" = block(adjusted, random_part(adjusted)),
  "one stratum" = block(one_stratum)
)

blocks[["fpc as N_h"]]$figures <- c(blocks[["fpc as N_h"]]$figures, domain_figures(by_count, "canton"))

# Without fpc the stratum of one commune is a single-PSU stratum; it adds nothing.
options(survey.lonely.psu = "certainty")
replaced <- svydesign(ids = ~1, strata = ~stratum, weights = ~weight, data = data)
blocks[["with replacement"]] <- block(replaced, replaced[data$stratum != "Zurich city", ])
write_json(blocks, "stratified.json")
