# Times one selection by the R packages sampling or BalancedSampling; benchmarks/selection.py calls it.
#
#     Rscript selection.R METHOD N n COLUMNS STRATA FOLDER
#
# The folder holds pi.bin, x.bin, places.bin and strata.bin, doubles in the order of R. One line of JSON
# comes back: seconds of the first and of the fastest call, the size of the sample, and the versions.

arguments <- commandArgs(trailingOnly = TRUE)
method <- arguments[1]
N <- as.integer(arguments[2])
n <- as.integer(arguments[3])
columns <- as.integer(arguments[4])
strata_count <- as.integer(arguments[5])
folder <- arguments[6]

numbers <- function(name, count) readBin(file.path(folder, paste0(name, ".bin")), "double", count)
answer <- function(...) { cat(sprintf(...), "\n", sep = ""); quit(status = 0) }

package <- if (method %in% c("local_pivotal", "local_cube")) "BalancedSampling" else "sampling"
if (!requireNamespace(package, quietly = TRUE)) answer('{"problem": "%s not installed"}', package)
version <- sprintf("R %s, %s %s", getRversion(), package, packageVersion(package))

pik <- numbers("pi", N)
X <- cbind(pik, matrix(numbers("x", N * columns), N, columns))
places <- matrix(numbers("places", 2 * N), N, 2)
strata <- if (strata_count > 0) numbers("strata", N) else NULL
call_of <- list(
  systematic = function() sampling::UPsystematic(pik),
  ordered_pivotal = function() sampling::UPpivotal(pik),
  pivotal = function() sampling::UPrandompivotal(pik),
  brewer = function() sampling::UPbrewer(pik),
  conditional_poisson = function() sampling::UPmaxentropy(pik),
  sampford = function() sampling::UPsampford(pik),
  pareto = function() sampling::UPopips(pik, type = "pareto"),
  poisson = function() sampling::UPpoisson(pik),
  joint_conditional_poisson = function() sampling::UPmaxentropypi2(pik),
  joint_sampford = function() sampling::UPsampfordpi2(pik),
  # Method 2 is the faster landing, and drops columns as ours does.
  cube = function() sampling::samplecube(X, pik, order = 1, comment = FALSE, method = 2),
  cube_stratified = function() {
    sampling::balancedstratification(X, strata, pik, comment = FALSE, method = 2)
  },
  local_pivotal = function() BalancedSampling::lpm2(pik, places),
  local_cube = function() BalancedSampling::lcube(pik, X, places)
)[[method]]
if (is.null(call_of)) answer('{"problem": "none"}')

set.seed(1)
seconds_of <- function(times) {
  start <- proc.time()
  for (i in seq_len(times)) result <<- call_of()
  sum((proc.time() - start)[c("user.self", "sys.self")]) / times
}
result <- NULL
first <- tryCatch(
  suppressWarnings(seconds_of(1)),
  error = function(problem) answer('{"problem": "fails: %s"}', gsub('["\\\\\n]', " ", conditionMessage(problem)))
)
# The clock has milliseconds, so a repetition takes some tens of them.
times <- if (first < 0.05) ceiling(0.05 / max(first, 0.0005)) else 1
repetitions <- if (first > 5) 0 else if (first > 1) 2 else 5
fastest <- first
for (i in seq_len(repetitions)) fastest <- min(fastest, suppressWarnings(seconds_of(times)))
if (anyNA(result)) answer('{"problem": "gives NaN after %.1f s", "version": "%s"}', first, version)
# UPopips and BalancedSampling give positions. (UPopips also makes only n random numbers for N cities.)
size <- if (is.matrix(result) && nrow(result) == ncol(result)) round(sum(diag(result))) else
  if (package == "BalancedSampling" || method == "pareto") length(result) else round(sum(result))
answer('{"first": %.9f, "fastest": %.9f, "size": %d, "version": "%s"}', first, fastest, size, version)
