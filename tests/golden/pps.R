# Stratified sample with probability proportional to population, some communes certain:
# Deville's variance by `varest` of R sampling, and the variance with replacement of R survey.

source("figures.R")
suppressMessages(library(sampling))
options(survey.lonely.psu = "fail")
data <- read_sample("pps.csv")
df <- nrow(data) - length(unique(data$stratum))

# Estimate and linearised variable z of functions of totals of the communes where inside == 1.
linearised <- function(inside) {
  weighted <- function(v) sum(v * inside / data$pi)
  of_mean <- function(v) {
    centre <- weighted(v) / weighted(data$one)
    list(centre, (v - centre) / weighted(data$one) * inside)
  }
  of_ratio <- function(y, x) {
    ratio <- weighted(y) / weighted(x)
    list(ratio, (y - ratio * x) / weighted(x) * inside)
  }
  of_logs <- function(a, b, c, d) {  # log(A/B) / log(C/D) by hand
    top <- log(weighted(a) / weighted(b))
    bottom <- log(weighted(c) / weighted(d))
    z <- (a / weighted(a) - b / weighted(b)) / bottom -
      top / bottom^2 * (c / weighted(c) - d / weighted(d))
    list(top / bottom, z * inside)
  }
  found <- list(
    list(weighted(data$built_up_ha), data$built_up_ha * inside),
    list(weighted(data$population), data$population * inside),
    list(weighted(data$one), inside),
    of_mean(data$aged_65_or_over),
    of_ratio(data$built_up_ha, data$population),
    of_ratio(data$households_1_person, data$households),
    of_mean(1 * (data$size_class == "under 1000")),
    of_logs(data$built_up_ha, data$industrial_ha, data$population, data$households)
  )
  names(found) <- c("total(built_up_ha)", "total(population)", "total(cities)", "mean(aged_65_or_over)",
                    "ratio(built_up_ha, population)", ratio_name(national_ratios[[3]]),
                    level_name("under 1000"), names(functions_of_totals)[1])
  found
}

figures_of <- function(variance) {
  of_domain <- function(by, label, inside) {
    found <- linearised(inside)
    lapply(names(found), function(name) {
      se <- sqrt(variance(found[[name]][[2]]))
      limits <- found[[name]][[1]] + c(-1, 1) * qt(0.975, df) * se
      figure(name, list(by = by, domain = label), found[[name]][[1]], se, limits)
    })
  }
  c(of_domain("national", "all", data$one),
    do.call(c, lapply(levels(data$size_class), function(label) {
      of_domain("size_class", label, 1 * (data$size_class == label))
    })))
}

deville <- function(z) {
  sum(sapply(split(seq_len(nrow(data)), data$stratum), function(h) varest(z[h], pik = data$pi[h])))
}
# With replacement the certain communes have no part in the variance: the design holds the others.
random <- data$pi < 1
without_certain <- svydesign(ids = ~1, strata = ~stratum, probs = ~pi, data = data[random, ])
hansen_hurwitz <- function(z) c(vcov(svytotal(z[random], without_certain)))

everything <- svydesign(ids = ~1, strata = ~stratum, probs = ~pi, data = data)
write_json(list(
  "deville" = list(degf = df, degf_random = degf(without_certain), figures = figures_of(deville)),
  "with replacement, certain communes apart" =
    list(degf = df, degf_random = degf(without_certain), figures = figures_of(hansen_hurwitz)),
  "with replacement" = list(
    degf = degf(everything), degf_random = degf(everything),
    figures = c(national_figures(everything), domain_figures(everything, "region", with_functions = TRUE),
                domain_figures(everything, "size_class")),
    covariances = covariances(everything))
), "pps.json", packages = c("survey", "sampling"))
