# Quantiles of a stratified simple random sample: R survey and laeken; contrasts by svycontrast.
# Communes with equal values stand in the order of their weights, as in citysample: hf6 and hf7 of R
# depend on that order.

source("figures.R")
data <- read_sample("stratified.csv")
data <- data[order(data$weight), ]
design <- svydesign(ids = ~1, strata = ~stratum, fpc = ~N_h, data = data)
variables <- c("population", "built_up_ha")
probabilities <- c(0.1, 0.25, 0.5, 0.75, 0.9)
rules <- c("math", "school", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9")

domains <- c(list(list(by = "national", domain = "all")),
             lapply(c("Espace Mittelland", "Zurich", "Ticino"), function(x) list(by = "region", domain = x)),
             lapply(c("under 1000", "1000-4999"), function(x) list(by = "size_class", domain = x)))
subset_of <- function(where) {
  if (where$by == "national") return(design)
  design[as.character(data[[where$by]]) == where$domain, ]
}
record <- function(where, name, p, rule, ...) {
  c(list(name = name, by = where$by, domain = where$domain, p = p, rule = rule), list(...))
}

quantile_of <- function(where, name, p, rule, limits) {
  part <- subset_of(where)
  found <- svyquantile(column(name), part, p, qrule = rule, interval.type = limits)[[1]]
  record(where, name, p, rule, limits = limits, df = degf(part), estimate = found[1], se = found[4],
         lower = found[2], upper = found[3])
}
each <- function(where, rules, limits) {
  grid <- expand.grid(name = variables, p = probabilities, rule = rules, limits = limits,
                      stringsAsFactors = FALSE)
  lapply(seq_len(nrow(grid)), function(i) {
    quantile_of(where, grid$name[i], grid$p[i], grid$rule[i], grid$limits[i])
  })
}
intervals <- c(do.call(c, lapply(domains, each, rules = rules, limits = "mean")),
               each(domains[[1]], "math", c("xlogit", "beta")), each(domains[[2]], "math", c("xlogit", "beta")))

laeken_of <- function(where) {
  part <- subset_of(where)$variables
  grid <- expand.grid(name = variables, p = probabilities, stringsAsFactors = FALSE)
  lapply(seq_len(nrow(grid)), function(i) {
    found <- laeken::weightedQuantile(part[[grid$name[i]]], part$weight, grid$p[i])
    record(where, grid$name[i], grid$p[i], "school", estimate = found)
  })
}

# Contrasts of totals, and of the totals of regions; the figures and their covariances go along.
contrast_block <- function(result, expressions) {
  list(names = I(names(coef(result))), values = I(unname(coef(result))),
       covariance = apply(unname(as.matrix(vcov(result))), 1, I, simplify = FALSE),
       contrasts = lapply(names(expressions), function(text) {
         found <- svycontrast(result, expressions[[text]])
         list(name = text, estimate = unname(coef(found)), se = c(SE(found)))
       }))
}
of_texts <- function(texts) setNames(lapply(texts, function(text) parse(text = text)[[1]]), texts)
of_totals <- of_texts(c(
  "built_up_ha - industrial_ha", "built_up_ha / population", "log(population / households)",
  "(built_up_ha - industrial_ha) / industrial_ha / log(population / households)",
  "exp(-built_up_ha / industrial_ha)", "population * 2 + 3 * households",
  "built_up_ha / population - industrial_ha / households"))
regions <- svyby(~built_up_ha, ~region, design, svytotal, covmat = TRUE)
of_regions <- of_texts(c("Ticino - Zurich", "Ticino / Zurich", "log(Ticino) - log(Zurich)",
                         "Ticino / (Ticino + Zurich)"))
write_json(list(
  intervals = intervals,
  laeken = do.call(c, lapply(domains, laeken_of)),
  contrasts = list(contrast_block(svytotal(four_totals, design), of_totals),
                   contrast_block(regions, of_regions))
), "quantiles.json", c("survey", "laeken"))
