# Intervals, ratio estimators with known totals, and contrasts after the fact: R survey.

source("matrix.R")

simple <- svydesign(ids = ~1, fpc = ~fpc, weights = ~pw, data = read_data("apisrs.csv"))
stratified <- svydesign(ids = ~1, strata = ~stype, fpc = ~fpc, weights = ~pw, data = read_data("apistrat.csv"))
clusters <- svydesign(ids = ~district, fpc = ~fpc, weights = ~pw, data = read_data("apiclus1.csv"))
two_stage <- svydesign(ids = ~ district + school, fpc = ~ fpc1 + fpc2, data = read_data("apiclus2.csv"))
towns_design <- svydesign(ids = ~1, strata = ~zone, fpc = ~N_h, data = read_data("mu284_stratified.csv"))

# name, interval method in citysample, method of svyciprop
methods <- c(beta = "beta", logit = "xlogit", t = "mean")

interval <- function(name, where, found, se, limits, method, level, df) {
  c(figure(name, where, found, se, limits, method), list(level = level, df = df))
}
interval_figures <- function(design, shares, numbers) {
  df <- degf(design)
  where <- list(by = "national", domain = "all")
  of_share <- function(share) {
    design <- update(design, .share = 1 * (design$variables[[share[1]]] == share[2]))
    name <- level_name(share[2], share[1])
    made <- lapply(names(methods), function(method) {
      lapply(c(0.95, 0.9), function(level) {
        found <- svyciprop(~.share, design, method = methods[[method]], level = level)
        interval(name, where, c(found), sqrt(c(attr(found, "var"))), unname(attr(found, "ci")), method, level, df)
      })
    })
    do.call(c, made)
  }
  of_number <- function(name) {
    found <- svymean(column(name), design)
    text <- sprintf("mean(%s)", name)
    limits <- function(level, df) confint(found, level = level, df = df)[1, ]
    list(
      interval(text, where, coef(found)[1], c(SE(found)), limits(0.99, df), "t", 0.99, df),
      interval(text, where, coef(found)[1], c(SE(found)), limits(0.95, 7), "t", 0.95, 7),
      interval(text, where, coef(found)[1], c(SE(found)), limits(0.95, Inf), "normal", 0.95, df),
      interval(text, where, coef(found)[1], c(SE(found)), limits(0.8, Inf), "normal", 0.8, df)
    )
  }
  list(degf = df, figures = c(do.call(c, lapply(shares, of_share)), do.call(c, lapply(numbers, of_number))))
}
school_shares <- list(c("group", "poor"), c("awards", "Yes"), c("sch_wide", "No"))
school_numbers <- c("api00", "tested")

# Known totals of api99 by type of school.
known <- list(E = 2.6e6, H = 4.6e5, M = 6.4e5)
separate <- svyratio(~api00, ~api99, stratified, separate = TRUE)
combined <- svyratio(~api00, ~api99, stratified)
parts <- predict(separate, total = known)
whole <- predict(combined, total = sum(unlist(known)))
domains <- svyby(~api00, ~stype, stratified, svymean, covmat = TRUE)
several <- svymean(~ api00 + api99 + tested, clusters)
key <- function(name, by = "national", domain = "all") I(c(name, by, domain))
types <- c("E", "H", "M")
# A linear contrast is given by its weights; a quotient by the text "quotient".
by_type <- lapply(types, function(type) key("mean(api00)", "stype", type))
add <- function(design, kind, name, keys, weights, result) {
  list(design = design, kind = kind, name = name, keys = keys, weights = I(weights),
       value = unname(coef(result)), error = c(SE(result)))
}
predicted <- function(name, keys, weights, result) {
  list(design = "stratified", kind = "linear", name = name, keys = keys, weights = I(weights),
       value = c(result$total), error = c(result$se))
}
by_stratum <- lapply(types, function(type) key("ratio(api00, api99)", "stype", type))
contrasts <- list(
  predicted("separate ratio total", by_stratum, unlist(known), parts),
  predicted("combined ratio total", list(key("ratio(api00, api99)")), sum(unlist(known)), whole)
)
clusters_keys <- lapply(c("api00", "api99", "tested"), function(name) key(sprintf("mean(%s)", name)))
contrasts <- c(contrasts, list(
  add("stratified", "linear", "elementary less high", by_type[1:2], c(1, -1), svycontrast(domains, c(1, -1, 0))),
  add("stratified", "linear", "high less the mean of the others", by_type, c(-0.5, 1, -0.5),
      svycontrast(domains, c(-0.5, 1, -0.5))),
  add("stratified", "quotient", "high over elementary", by_type[2:1], c(1, 1), svycontrast(domains, quote(H / E))),
  add("clusters", "linear", "growth", clusters_keys[1:2], c(1, -1), svycontrast(several, c(1, -1, 0))),
  add("clusters", "linear", "a sum", clusters_keys, c(2, -3, 0.25), svycontrast(several, c(2, -3, 0.25))),
  add("clusters", "quotient", "a quotient of means", clusters_keys[1:2], c(1, 1),
      svycontrast(several, quote(api00 / api99)))
))

write_json(list(
  intervals = list(
    "simple random" = interval_figures(simple, school_shares, school_numbers),
    "stratified" = interval_figures(stratified, school_shares, school_numbers),
    "clusters" = interval_figures(clusters, school_shares, school_numbers),
    "two stages" = interval_figures(two_stage, school_shares, school_numbers),
    "towns" = interval_figures(towns_design, list(c("large", "yes")), c("tax", "people"))
  ),
  contrasts = contrasts
), "intervals.json")
