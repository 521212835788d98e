# Inclusion probabilities and systematic selection on all communes: R sampling.

source("figures.R")
suppressMessages(library(sampling))
communes <- read.csv("../../examples/switzerland/frame.csv", encoding = "UTF-8")
ticino <- communes[communes$canton == "TI", ]

# All probabilities of one canton; of the country each hundredth, the sums, and the certain communes.
canton <- lapply(c(3, 30, 100, 200, 240), function(n) {
  list(n = n, pi = I(inclusionprobabilities(ticino$population, n)))
})
country <- lapply(c(5, 40, 150, 600, 1500, 2800), function(n) {
  pi <- inclusionprobabilities(communes$population, n)
  list(n = n, certain = sum(pi == 1), sum = sum(pi), sum_of_squares = sum(pi^2),
       pi = I(pi[seq(1, nrow(communes), by = 100)]))
})

# UPsystematic with a given start in place of runif(), and the definition: city k is taken if one of
# u, u + 1, u + 2, ... lies in (V_{k-1}, V_k]. Both must agree before anything is written.
systematic <- function(pi, u) {
  with_start <- UPsystematic
  environment(with_start) <- list2env(list(runif = function(...) u), parent = asNamespace("sampling"))
  by_package <- which(with_start(pi) == 1)
  V <- c(0, cumsum(pi))
  points <- u + seq_len(round(sum(pi))) - 1
  by_definition <- sapply(points, function(p) which(V[-length(V)] < p & p <= V[-1]))
  stopifnot(identical(as.numeric(by_package), as.numeric(by_definition)))
  by_package
}
draws <- do.call(c, lapply(c(12, 60), function(n) {
  pi <- inclusionprobabilities(ticino$population, n)
  random <- ticino$commune[pi < 1]
  lapply(c(0.001, 0.25, 0.5, 0.731, 0.999), function(u) {
    list(n = n, start = u, communes = I(random[systematic(pi[pi < 1], u)]))
  })
}))
write_json(list(canton = canton, country = country, systematic = draws), "inclusion.json",
           packages = "sampling")
