# Replicates: jackknife, BRR, Fay, bootstraps and successive differences (ACS): R survey. The squares are taken
# around the estimate of the whole sample (mse = TRUE). The replicate weights of the samples of MU284 are
# written beside the data; those of the schools are made anew by citysample.

source("matrix.R")

set.seed(20261126)
write_weights <- function(design, name) {
  weights <- as.matrix(weights(design, type = "analysis"))
  path <- file.path("data", paste0("replicates_", name, ".csv"))
  connection <- file(path, open = "wb")
  writeLines(c(paste(sprintf("r%d", seq_len(ncol(weights))), collapse = ","),
               apply(weights, 1, function(row) paste(sprintf("%.17g", row), collapse = ","))), connection, sep = "\n")
  close(connection)
  design
}
# R warns that the jackknife leaves out the fpc of the second stage.
replicated <- function(design, type, ...) suppressWarnings(as.svrepdesign(design, type = type, mse = TRUE, ...))

block <- function(design, columns, delivered = TRUE) {
  made <- matrix_block(design, columns, deff = FALSE)
  if (!delivered) return(made)
  c(list(scale = design$scale, rscales = I(rep_len(design$rscales, ncol(weights(design))))), made)
}

simple <- read_data("apisrs.csv")
simple_fpc <- svydesign(ids = ~1, fpc = ~fpc, weights = ~pw, data = simple)
simple_replaced <- svydesign(ids = ~1, weights = ~pw, data = simple)
strata <- read_data("apistrat.csv")
stratified_fpc <- svydesign(ids = ~1, strata = ~stype, fpc = ~fpc, weights = ~pw, data = strata)
stratified_replaced <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = strata)
clusters <- read_data("apiclus1.csv")
clusters_fpc <- svydesign(ids = ~district, fpc = ~fpc, weights = ~pw, data = clusters)
clusters_replaced <- svydesign(ids = ~district, weights = ~pw, data = clusters)

by_zone <- read_data("mu284_stratified.csv")
zones <- svydesign(ids = ~1, strata = ~zone, fpc = ~N_h, data = by_zone)
zones_replaced <- svydesign(ids = ~1, strata = ~zone, weights = ~weight, data = by_zone)
two_stage <- read_data("mu284_two_stage.csv")
stages <- svydesign(ids = ~ cluster + town, strata = ~zone, fpc = ~ clusters + towns, data = two_stage)
pairs <- read_data("mu284_pairs.csv")
pairs_replaced <- svydesign(ids = ~1, strata = ~region, weights = ~weight, data = pairs)

# Successive difference replicates as the American Community Survey delivers them: towns in the order of the
# country, rows of a Hadamard matrix in turn; Fay and Train (1995).
successive <- function(data) {
  signs <- 2 * hadamard(nrow(data) + 1) - 1
  n <- nrow(data)
  first <- 1 + seq_len(n)
  second <- 1 + seq_len(n) %% n + 1
  factors <- 1 + 2^-1.5 * signs[first, ] - 2^-1.5 * signs[second, ]
  svrepdesign(data = data, weights = ~weight, repweights = factors, combined.weights = FALSE, type = "ACS", mse = TRUE)
}
delivered <- list(
  "delivered, JK1" = list("pairs_jk1", replicated(svydesign(ids = ~1, weights = ~weight, data = pairs), "JK1")),
  "delivered, JKn with fpc" = list("zones_jkn", replicated(zones, "JKn")),
  "delivered, JKn, two stages" = list("stages_jkn", replicated(stages, "JKn")),
  "delivered, BRR" = list("pairs_brr", replicated(pairs_replaced, "BRR")),
  "delivered, Fay" = list("pairs_fay", replicated(pairs_replaced, "Fay", fay.rho = 0.3)),
  "delivered, bootstrap of Canty and Davison" = list("zones_canty", replicated(zones, "bootstrap", replicates = 40)),
  "delivered, bootstrap of Rao and Wu" =
    list("zones_rao_wu", replicated(zones_replaced, "subbootstrap", replicates = 40)),
  "delivered, bootstrap of Preston" = list("stages_preston", replicated(stages, "mrbbootstrap", replicates = 40)),
  "delivered, successive differences" = list("pairs_sdr", successive(pairs))
)
by_large <- modifyList(towns, list(by = "large"))
blocks <- lapply(delivered, function(entry) block(write_weights(entry[[2]], entry[[1]]), by_large))

own <- list(
  "JK1" = replicated(simple_replaced, "JK1"),
  "JK1 with fpc" = replicated(simple_fpc, "JK1"),
  "JK1, clusters" = replicated(clusters_replaced, "JK1"),
  "JK1, clusters with fpc" = replicated(clusters_fpc, "JK1"),
  "JKn" = replicated(stratified_replaced, "JKn"),
  "JKn with fpc" = replicated(stratified_fpc, "JKn")
)
write_json(c(lapply(own, block, columns = schools, delivered = FALSE),
             list("BRR" = block_of(delivered[["delivered, BRR"]][[2]],
                                   simple_figures(delivered[["delivered, BRR"]][[2]], towns, deff = FALSE)[1:4])),
             list("Fay" = block_of(delivered[["delivered, Fay"]][[2]],
                                   simple_figures(delivered[["delivered, Fay"]][[2]], towns, deff = FALSE)[1:4])),
             blocks), "replicates.json")
