# The rows of the matrix: what is estimated from each design. `columns` names three number columns (y, x, z),
# a column of labels with one of its levels, and the breakdowns.

source("../figures.R", chdir = TRUE)

read_data <- function(name) {
  data <- read.csv(file.path("data", name), encoding = "UTF-8")
  data$one <- 1
  data
}

nothing <- c(NA, NA)

functions_of <- function(y, x, z) {
  texts <- c(
    sprintf("total(%s) - total(%s)", y, x),
    sprintf("total(%s) * total(%s)", y, x),
    sprintf("(total(%s) - total(%s)) / total(%s)", y, x, x),
    sprintf("log(total(%s) / total(%s))", y, x),
    sprintf("exp(ratio(%s, %s)) - 1", y, x),
    sprintf("log(ratio(%s, %s)) / log(mean(%s))", y, x, z),
    sprintf("ratio(%s, %s) - ratio(%s, %s)", y, x, y, z),
    sprintf("((total(%s) - total(%s)) / total(%s) / 10) / (log(total(%s) / total(cities)) / 10)", y, x, x, z),
    sprintf("(total(%s) / total(%s)) ** 0.1 - 1", y, x)
  )
  setNames(list(
    quote(y - x), quote(y * x), quote((y - x) / x), quote(log(y / x)), quote(exp(y / x) - 1),
    quote(log(y / x) / log(z / one)), quote(y / x - y / z),
    quote(((y - x) / x / 10) / (log(z / one) / 10)), quote((y / x)^0.1 - 1)
  ), texts)
}

four_of <- function(design, y, x, z) {
  data <- design$variables
  design <- update(design, .y = data[[y]], .x = data[[x]], .z = data[[z]])
  totals <- svytotal(~ .y + .x + .z + one, design)
  names(totals) <- c("y", "x", "z", "one")
  totals
}

# Functions of the four totals. With replicates each replicate has its own value of the function; svycontrast
# would linearise.
of_totals <- function(design, y, x, z, functions) {
  if (!inherits(design, "svyrep.design")) return(svycontrast(four_of(design, y, x, z), functions))
  withReplicates(design, function(w, data) {
    totals <- list(y = sum(w * data[[y]]), x = sum(w * data[[x]]), z = sum(w * data[[z]]), one = sum(w))
    sapply(functions, eval, totals)
  })
}

# Totals, means, ratios, shares.
simple_figures <- function(design, columns, deff = TRUE, df = degf(design)) {
  where <- everywhere(design)
  y <- columns$y
  x <- columns$x
  level <- columns$level
  design <- update(design, .level = 1 * (design$variables[[level[1]]] == level[2]))
  c(
    lapply(c(y, x, columns$z), function(name) {
      survey_figure(sprintf("total(%s)", name), where, svytotal(column(name), design, deff = deff), df)
    }),
    list(survey_figure("total(cities)", where, svytotal(~one, design), df)),
    lapply(c(y, x, columns$z), function(name) {
      survey_figure(sprintf("mean(%s)", name), where, svymean(column(name), design, deff = deff), df)
    }),
    list(
      survey_figure(ratio_name(c(y, x)), where, svyratio(column(y), column(x), design, deff = deff), df),
      survey_figure(level_name(level[2], level[1]), where, svymean(~.level, design, deff = deff), df)
    )
  )
}

# Functions of several totals, a geometric mean, a correlation and regression coefficients.
function_figures <- function(design, columns, df = degf(design), models = TRUE) {
  where <- everywhere(design)
  y <- columns$y
  x <- columns$x
  z <- columns$z
  functions <- functions_of(y, x, z)
  contrasts <- of_totals(design, y, x, z, functions)
  found <- lapply(seq_along(functions), function(k) survey_figure(names(functions)[k], where, contrasts, df, k))
  found <- c(found, list(geometric_mean(design, y, where, df)))
  if (!models) return(found)
  c(found, list(correlation(design, y, z, where, df)), coefficients(design, y, c(x, z), where))
}

replicates_figure <- function(name, where, design, theta, df) {
  survey_figure(name, where, withReplicates(design, theta), df)
}

geometric_mean <- function(design, y, where, df) {
  name <- sprintf("geometric_mean(%s)", y)
  if (inherits(design, "svyrep.design")) {
    return(replicates_figure(name, where, design, function(w, data) {
      c(mean = exp(sum(w * log(data[[y]])) / sum(w)))
    }, df))
  }
  logs <- svymean(~.log, update(design, .log = log(design$variables[[y]])))
  names(logs) <- "m"
  survey_figure(name, where, svycontrast(logs, quote(exp(m))), df)
}

correlation <- function(design, y, z, where, df) {
  name <- sprintf("correlation(%s, %s)", y, z)
  if (inherits(design, "svyrep.design")) {
    theta <- function(w, data) c(r = cov.wt(data[, c(y, z)], w / sum(w), cor = TRUE)$cor[1, 2])
    return(replicates_figure(name, where, design, theta, df))
  }
  spread <- svyvar(as.formula(sprintf("~ %s + %s", y, z)), design)
  parts <- c("yy", "yz", "zz")
  moments <- structure(c(as.matrix(spread))[c(1, 2, 4)], names = parts, class = "svystat")
  attr(moments, "var") <- structure(as.matrix(attr(spread, "var"))[c(1, 2, 4), c(1, 2, 4)],
                                    dimnames = list(parts, parts))
  survey_figure(name, where, svycontrast(moments, quote(yz / sqrt(yy * zz))), df)
}

# No interval: R takes other degrees of freedom for a regression.
coefficients <- function(design, y, xs, where) {
  model <- svyglm(as.formula(paste(y, "~", paste(xs, collapse = "+"))), design)
  of <- c("intercept", xs)
  lapply(seq_along(of), function(k) {
    name <- sprintf("coefficient(%s)", paste(c(y, of[k], xs), collapse = ", "))
    figure(name, where, coef(model)[k], c(SE(model))[k], nothing, interval = "none")
  })
}

# Figures of domains; `by` names one column. Functions of totals are those of the subset.
by_figures <- function(design, columns, by, df = degf(design), with_functions = TRUE, deff = TRUE) {
  values <- as.character(design$variables[[by]])
  level <- columns$level
  y <- column(columns$y)
  x <- column(columns$x)
  design <- update(design, .level = 1 * (design$variables[[level[1]]] == level[2]))
  found <- function(name, result) {
    limits <- confint(result, df = df)
    lapply(seq_len(nrow(result)), function(k) {
      label <- as.character(result[[by]][k])
      made <- figure(name, list(by = by, domain = label), coef(result)[k], c(SE(result))[k], limits[k, ])
      if (!deff) return(made)
      with_deff(made, c(as.matrix(deff(result)))[k], sum(values == label))
    })
  }
  arguments <- if (deff) list(deff = TRUE) else list()
  run <- function(...) do.call(svyby, c(list(...), arguments))
  figures <- c(
    found(sprintf("total(%s)", columns$y), run(y, column(by), design, svytotal)),
    found(sprintf("mean(%s)", columns$x), run(x, column(by), design, svymean)),
    found(ratio_name(c(columns$y, columns$x)), run(y, column(by), design, svyratio, denominator = x)),
    if (by != level[1]) found(level_name(level[2], level[1]), run(~.level, column(by), design, svymean))
  )
  if (!with_functions) return(figures)
  functions <- functions_of(columns$y, columns$x, columns$z)[c(3, 4, 8)]
  c(figures, do.call(c, lapply(sort(unique(values)), function(label) {
    contrasts <- of_totals(subset(design, values == label), columns$y, columns$x, columns$z, functions)
    lapply(seq_along(functions), function(k) {
      survey_figure(names(functions)[k], list(by = by, domain = label), contrasts, df, k)
    })
  })))
}

rows_of <- function(v) apply(unname(as.matrix(v)), 1, I, simplify = FALSE)

# Covariances of totals, of functions of them, and of the totals of domains.
covariance_blocks <- function(design, columns, by) {
  totals <- four_of(design, columns$y, columns$x, columns$z)
  functions <- functions_of(columns$y, columns$x, columns$z)
  contrasts <- of_totals(design, columns$y, columns$x, columns$z, functions)
  values <- as.character(design$variables[[by]])
  labels <- sort(unique(values))
  parts <- sapply(labels, function(label) design$variables[[columns$y]] * (values == label))
  national <- function(names) lapply(names, function(name) I(c(name, "national", "all")))
  texts <- sprintf("total(%s)", c(columns$y, columns$x, columns$z, "cities"))
  list(
    totals = list(keys = national(texts), values = rows_of(vcov(totals))),
    functions = list(keys = national(names(functions)), values = rows_of(vcov(contrasts))),
    domains = list(
      keys = lapply(labels, function(label) I(c(sprintf("total(%s)", columns$y), by, label))),
      values = rows_of(vcov(svytotal(parts, design)))
    )
  )
}

block_of <- function(design, figures, covariances = NULL, df = degf(design)) {
  if (is.null(covariances)) return(list(degf = df, figures = figures))
  list(degf = df, figures = figures, covariances = covariances)
}

# All figures of a design.
matrix_block <- function(design, columns, models = TRUE, df = degf(design), deff = TRUE) {
  domains <- lapply(columns$by, function(by) by_figures(design, columns, by, df = df, deff = deff))
  figures <- c(simple_figures(design, columns, deff = deff, df = df),
               function_figures(design, columns, df = df, models = models), do.call(c, domains))
  block_of(design, figures, covariance_blocks(design, columns, columns$by[1]), df = df)
}

schools <- list(y = "api00", x = "api99", z = "tested", level = c("awards", "Yes"), by = c("stype", "group"))
towns <- list(y = "tax", x = "people", z = "employed", level = c("large", "yes"), by = c("large", "zone"))
