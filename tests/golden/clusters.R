# Cantons as primary sampling units, all communes of a sampled canton: R survey.

source("figures.R")
options(survey.lonely.psu = "fail")
data <- read_sample("clusters.csv")

block <- function(design, random = design) {
  list(degf = degf(design), degf_random = degf(random),
       figures = c(national_figures(design), domain_figures(design, "region", with_functions = TRUE),
                   domain_figures(design, "size_class")),
       covariances = covariances(design))
}
random_part <- function(design) design[data$n_h < data$N_h, ]

by_count <- svydesign(ids = ~canton, strata = ~stratum, fpc = ~N_h, data = data)
by_fraction <- svydesign(ids = ~canton, strata = ~stratum, fpc = ~fraction, data = data)
data$N <- 26
one_stratum <- svydesign(ids = ~canton, fpc = ~N, data = data)
replaced <- svydesign(ids = ~canton, strata = ~stratum, weights = ~weight, data = data)
write_json(list(
  "fpc as N_h" = block(by_count, random_part(by_count)),
  "fpc as a fraction" = block(by_fraction, random_part(by_fraction)),
  "one stratum" = block(one_stratum),
  "with replacement" = block(replaced)
), "clusters.json")
