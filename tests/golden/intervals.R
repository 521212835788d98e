# Intervals of shares of communes, of positive quantities, and design effects: R survey.

source("figures.R")
options(survey.lonely.psu = "fail")

levels_of_confidence <- c(0.8, 0.95, 0.99)

# The methods of svyciprop that have a closed formula; confint of the mean is method "mean".
share_figures <- function(design, name, flag) {
  design <- update(design, flag = flag)
  share <- svymean(~flag, design)
  do.call(c, lapply(levels_of_confidence, function(level) {
    found <- function(interval, limits) {
      list(name = name, estimate = coef(share)[[1]], se = c(SE(share))[[1]], df = degf(design),
           n = nrow(design), level = level, interval = interval, lower = limits[1], upper = limits[2])
    }
    ci <- function(method, ...) attr(svyciprop(~flag, design, method = method, level = level, ...), "ci")
    list(found("t", ci("mean")), found("normal", ci("mean", df = Inf)), found("logit", ci("xlogit")),
         found("beta", ci("beta")))
  }))
}

# A positive quantity: the t interval of its logarithm by svycontrast, turned back.
log_figures <- function(design, name) {
  total <- svytotal(column(name), design)
  names(total) <- "T"
  logarithm <- svycontrast(total, quote(log(T)))
  lapply(levels_of_confidence, function(level) {
    limits <- exp(confint(logarithm, level = level, df = degf(design)))
    list(name = name, estimate = coef(total)[[1]], se = c(SE(total))[[1]], df = degf(design),
         n = nrow(design), level = level, interval = "log", lower = limits[1], upper = limits[2])
  })
}

# Design effects of totals against both kinds of simple random sampling.
effects <- function(design, name) {
  total <- function(deff) svytotal(column(name), design, deff = deff)
  list(name = name, estimate = coef(total(TRUE))[[1]], se = c(SE(total(TRUE)))[[1]],
       without = c(deff(total(TRUE)))[[1]], with = c(deff(total("replace")))[[1]])
}

block <- function(design) {
  data <- design$variables
  flags <- c(list(above_5000 = data$above_5000, households = 1 * (data$households > 300)),
             lapply(setNames(nm = levels(data$size_class)), function(x) 1 * (data$size_class == x)))
  quantities <- c("population", "built_up_ha", "industrial_ha")
  list(shares = do.call(c, lapply(names(flags), function(name) share_figures(design, name, flags[[name]]))),
       positive = do.call(c, lapply(quantities, function(name) log_figures(design, name))),
       effects = lapply(quantities, function(name) effects(design, name)))
}

communes <- read_sample("stratified.csv")
cantons <- read_sample("clusters.csv")
pps <- read_sample("pps.csv")
write_json(list(
  "stratified" = block(svydesign(ids = ~1, strata = ~stratum, fpc = ~N_h, data = communes)),
  "clusters" = block(svydesign(ids = ~canton, strata = ~stratum, fpc = ~N_h, data = cantons)),
  "unequal" = block(svydesign(ids = ~1, strata = ~stratum, probs = ~pi, data = pps))
), "intervals.json")
