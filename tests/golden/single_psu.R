# Strata with one sampled commune of many: the rules of R survey for them.
# The sample has no take-all stratum: there R counts take-all strata in "average", citysample does not.

source("figures.R")
data <- read_sample("single_psu.csv")
design <- svydesign(ids = ~1, strata = ~stratum, fpc = ~N_h, data = data)
replaced <- svydesign(ids = ~1, strata = ~stratum, weights = ~weight, data = data)

# Domains as variables that are zero outside, so that the rules see all strata. On a subset, R
# applies "average" to the strata that hold communes of the domain, and not to the others.
domain_by_zeros <- function(design, by) {
  df <- degf(design)
  data <- design$variables
  lapply(sort(unique(as.character(data[[by]]))), function(label) {
    inside <- 1 * (data[[by]] == label)
    where <- list(by = by, domain = label)
    totals <- svytotal(cbind(built = data$built_up_ha * inside, population = data$population * inside,
                             count = inside), design)
    of <- function(name, expression) survey_figure(name, where, svycontrast(totals, expression), df)
    list(of("total(built_up_ha)", quote(built + 0)), of("mean(population)", quote(population / count)),
         of("ratio(built_up_ha, population)", quote(built / population)))
  })
}

block <- function(rule, design) {
  options(survey.lonely.psu = rule)
  list(degf = degf(design), degf_random = degf(design),
       figures = c(national_figures(design), do.call(c, domain_by_zeros(design, "size_class"))),
       covariances = covariances(design))
}
write_json(list(
  "adjust" = block("adjust", design),
  "average" = block("average", design),
  "certainty" = block("certainty", design),
  "adjust, with replacement" = block("adjust", replaced),
  "average, with replacement" = block("average", replaced)
), "single_psu.json")
