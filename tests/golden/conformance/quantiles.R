# Quantiles by rule, with Woodruff's interval: R survey; weighted quantiles of R laeken.

source("matrix.R")
suppressMessages(library(laeken))

# hf1 is math, hf2 is school; citysample has no hf3 and no shahvaish.
rules <- c("math", "school", paste0("hf", 4:9))

quantile_figures <- function(design, name, chances, rules, label = NULL, by = NULL) {
  where <- if (is.null(by)) list(by = "national", domain = "all") else list(by = by, domain = label)
  df <- degf(design)
  part <- if (is.null(by)) design else subset(design, design$variables[[by]] == label)
  do.call(c, lapply(rules, function(rule) {
    found <- svyquantile(column(name), part, chances, qrule = rule, ci = TRUE, df = df)[[1]]
    lapply(seq_along(chances), function(k) {
      c(figure(sprintf("quantile(%s, %s)", name, chances[k]), where, found[k, 1], found[k, 4],
               found[k, 2:3], interval = "woodruff"), list(rule = rule))
    })
  }))
}
block <- function(design, figures) list(degf = degf(design), figures = figures)

# With equal values the interpolating rules of R depend on the order of the rows; citysample takes that of the
# weights.
by_weight <- function(name, weight) {
  data <- read_data(name)
  data[order(data[[weight]]), ]
}
simple <- svydesign(ids = ~1, fpc = ~fpc, weights = ~pw, data = read_data("apisrs.csv"))
stratified <- svydesign(ids = ~1, strata = ~stype, fpc = ~fpc, weights = ~pw, data = by_weight("apistrat.csv", "pw"))
clusters <- svydesign(ids = ~district, fpc = ~fpc, weights = ~pw, data = by_weight("apiclus1.csv", "pw"))
two_stage <- svydesign(ids = ~ district + school, fpc = ~ fpc1 + fpc2, data = by_weight("apiclus2.csv", "weight"))
towns <- svydesign(ids = ~1, strata = ~zone, fpc = ~N_h, data = by_weight("mu284_stratified.csv", "weight"))
persons <- svydesign(ids = ~1, weights = ~weight, data = by_weight("eusilc.csv", "weight"))
quarters <- c(0.25, 0.5, 0.75)

incomes <- persons$variables
of_laeken <- lapply(c(0.1, 0.2, 0.5, 0.8, 0.9), function(p) {
  c(figure(sprintf("quantile(income, %s)", p), list(by = "national", domain = "all"),
           weightedQuantile(incomes$income, incomes$weight, probs = p), NA, nothing, "none"),
    list(rule = "school"))
})
by_state <- lapply(c("Tyrol", "Vienna", "Styria"), function(state) {
  part <- incomes[incomes$state == state, ]
  c(figure("quantile(income, 0.5)", list(by = "state", domain = state), weightedMedian(part$income, part$weight),
           NA, nothing, "none"), list(rule = "school"))
})

write_json(list(
  "simple random" = block(simple, quantile_figures(simple, "api00", quarters, rules)),
  "stratified" = block(stratified, c(
    quantile_figures(stratified, "api00", quarters, rules), quantile_figures(stratified, "tested", 0.5, rules),
    do.call(c, lapply(c("high", "poor", "rich"), function(label) {
      quantile_figures(stratified, "api00", 0.5, c("math", "school", "hf7"), label, "group")
    }))
  )),
  "clusters" = block(clusters, quantile_figures(clusters, "api00", quarters, c("math", "school", "hf7"))),
  "two stages" = block(two_stage, quantile_figures(two_stage, "api00", quarters, c("math", "school", "hf7"))),
  "towns" = block(towns, quantile_figures(towns, "tax", quarters, c("math", "school", "hf7"))),
  "persons" = block(persons, quantile_figures(persons, "income", c(0.1, 0.5, 0.9), c("math", "school", "hf7"))),
  "persons, laeken" = list(degf = 199, figures = c(of_laeken, by_state))
), "quantiles.json", c("survey", "laeken"))
