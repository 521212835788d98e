# Replicates of R survey: jackknife with fpc, half samples, Fay, and a bootstrap whose weights are written.

source("figures.R")
data <- read_sample("stratified.csv")
columns <- c("built_up_ha", "industrial_ha", "population", "households")
totals <- as.formula(paste("~", paste(columns, collapse = "+")))
rows <- function(v) apply(unname(as.matrix(v)), 1, I, simplify = FALSE)

# Half samples need two communes in each stratum.
pairs <- data[data$n_h < data$N_h, ]
pairs <- do.call(rbind, lapply(split(pairs, pairs$stratum), head, 2))
pairs$weight <- pairs$N_h / 2
data$N <- 2896

stratified <- svydesign(ids = ~1, strata = ~stratum, fpc = ~N_h, data = data)
one_stratum <- svydesign(ids = ~1, fpc = ~N, data = data)
several <- svydesign(ids = ~1, strata = ~stratum, weights = ~weight, data = data[data$n_h > 1, ])
replaced <- svydesign(ids = ~1, strata = ~stratum, weights = ~weight, data = pairs)

block <- function(design, type, mse, ..., written = FALSE) {
  made <- as.svrepdesign(design, type = type, mse = mse, ...)
  ratio <- svyratio(~built_up_ha, ~population, made)
  found <- list(
    totals = I(unname(coef(svytotal(totals, made)))), covariances = rows(vcov(svytotal(totals, made))),
    ratio = unname(coef(ratio)), ratio_variance = c(vcov(ratio)),
    scale = made$scale, rscales = I(made$rscales),
    communes = I(design$variables$commune)
  )
  if (!written) return(found)
  weights <- weights(made, type = "analysis")
  c(found, list(weights = rows(weights)))
}
set.seed(20261124)
blocks <- list(
  jkn = block(stratified, "JKn", TRUE), jkn_mean = block(stratified, "JKn", FALSE),
  jk1 = block(one_stratum, "JK1", TRUE), jk1_mean = block(one_stratum, "JK1", FALSE),
  brr = block(replaced, "BRR", TRUE, written = TRUE), brr_mean = block(replaced, "BRR", FALSE, written = TRUE),
  fay = block(replaced, "Fay", TRUE, fay.rho = 0.3, written = TRUE),
  bootstrap = block(several, "bootstrap", TRUE, replicates = 20, written = TRUE),
  subbootstrap = block(replaced, "subbootstrap", FALSE, replicates = 20, written = TRUE)
)
write_json(blocks, "replicates.json")
