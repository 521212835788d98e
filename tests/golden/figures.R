# What the other scripts share: figures as lists, and JSON with 17 significant digits
# (jsonlite writes 15 at most, and 17 are needed to read a double back as it was).

suppressMessages(library(survey))

number <- function(x) {
  stopifnot(length(x) == 1, !is.infinite(x))
  if (is.na(x)) "null" else sprintf("%.17g", x)
}

json <- function(x, indent = "") {
  deeper <- paste0(indent, " ")
  if (is.list(x) && all(c("name", "estimate") %in% names(x))) {  # a figure: one line
    cells <- sapply(x, json)
    return(paste0("{", paste0('"', names(x), '": ', cells, collapse = ", "), "}"))
  }
  if (is.list(x) && !is.null(names(x))) {
    cells <- paste0(deeper, '"', names(x), '": ', sapply(x, json, deeper))
    return(paste0("{\n", paste(cells, collapse = ",\n"), "\n", indent, "}"))
  }
  if (is.list(x)) {
    return(paste0("[\n", paste0(deeper, sapply(x, json, deeper), collapse = ",\n"), "\n", indent, "]"))
  }
  if (inherits(x, "AsIs")) {  # a vector, even of length one
    x <- unclass(x)
    return(paste0("[", paste(sapply(unname(x), json), collapse = ", "), "]"))
  }
  if (is.character(x)) paste0('"', gsub('"', '\\"', x, fixed = TRUE), '"') else number(x)
}

write_json <- function(blocks, path, packages = "survey") {
  versions <- lapply(setNames(packages, packages), function(name) packageDescription(name)$Version)
  content <- c(list(R = as.character(getRversion())), versions, list(blocks = blocks))
  text <- enc2utf8(json(content))
  connection <- file(path, open = "wb")
  writeLines(text, connection, sep = "\n")
  close(connection)
}

# A figure; `name` is the text of the expression in citysample. A figure that R gives no design
# effect for has no deff; one whose design effect does not exist has deff = null.
figure <- function(name, where, estimate, se, limits, interval = "t") {
  list(name = name, by = where$by, domain = where$domain, interval = interval,
       estimate = unname(estimate), se = unname(se), lower = limits[1], upper = limits[2])
}

with_deff <- function(figure, effect, n) {
  # One commune has no S^2; what R divides there is rounding error.
  c(figure, list(deff = if (n < 2 || !is.finite(effect)) NA else unname(effect)))
}

# A figure from a result of R survey, with the limits of confint().
survey_figure <- function(name, where, result, df, k = 1) {
  found <- figure(name, where, coef(result)[k], c(SE(result))[k], confint(result, df = df)[k, ])
  effects <- attr(result, "deff")
  if (is.null(effects)) return(found)
  effects <- as.matrix(effects)
  with_deff(found, if (nrow(effects) > 1) diag(effects)[k] else effects[1, 1], where$n)
}

# A share with the interval of its logit: log(p / (1 - p)) by svycontrast, t limits, turned back.
logit_figure <- function(name, where, part, whole, design, df) {
  totals <- svytotal(cbind(part = part, whole = whole), design)
  share <- svycontrast(totals, quote(part / whole))
  logit <- svycontrast(totals, quote(log((part / whole) / (1 - part / whole))))
  limits <- confint(logit, df = df)
  figure(name, where, coef(share), c(SE(share)), plogis(limits[1, ]), interval = "logit")
}

everywhere <- function(design) list(by = "national", domain = "all", n = nrow(design))

national_totals <- c("population", "built_up_ha", "industrial_ha", "area_ha")
national_means <- c("population", "built_up_ha", "aged_65_or_over")
national_ratios <- list(c("built_up_ha", "area_ha"), c("built_up_ha", "population"),
                        c("households_1_person", "households"))

# Functions of several totals: a ratio of logarithms, and one of the form of SDG 11.3.1.
functions_of_totals <- list(
  "log(total(built_up_ha) / total(industrial_ha)) / log(total(population) / total(households))" =
    quote(log(built_up_ha / industrial_ha) / log(population / households)),
  quote(((built_up_ha - industrial_ha) / industrial_ha) / log(population / households))
)
names(functions_of_totals)[2] <- paste(
  "(total(built_up_ha) - total(industrial_ha)) / total(industrial_ha)",
  "log(total(population) / total(households))", sep = " / ")
four_totals <- ~ built_up_ha + industrial_ha + population + households

level_name <- function(level, column = "size_class") sprintf("proportion(%s, '%s')", column, level)
ratio_name <- function(pair) sprintf("ratio(%s, %s)", pair[1], pair[2])
column <- function(name) as.formula(paste0("~", name))

national_figures <- function(design) {
  df <- degf(design)
  where <- everywhere(design)
  total <- function(name) {
    survey_figure(sprintf("total(%s)", name), where, svytotal(column(name), design, deff = TRUE), df)
  }
  mean_of <- function(name) {
    survey_figure(sprintf("mean(%s)", name), where, svymean(column(name), design, deff = TRUE), df)
  }
  ratio <- function(pair) {
    result <- svyratio(column(pair[1]), column(pair[2]), design, deff = TRUE)
    survey_figure(ratio_name(pair), where, result, df)
  }
  levels <- svymean(~size_class, design, deff = TRUE)
  level <- function(k) {
    survey_figure(level_name(levels(design$variables$size_class)[k]), where, levels, df, k)
  }
  of_totals <- function(name) {
    result <- svycontrast(svytotal(four_totals, design), functions_of_totals[[name]])
    survey_figure(name, where, result, df)
  }
  flag <- survey_figure("proportion(above_5000)", where, svymean(~above_5000, design, deff = TRUE), df)
  data <- design$variables
  c(
    lapply(national_totals, total),
    # No deff here: the variable is constant, S^2 = 0, and R would divide by rounding error.
    list(survey_figure("total(cities)", where, svytotal(~one, design), df)),
    lapply(national_means, mean_of),
    lapply(national_ratios, ratio),
    list(flag),
    lapply(seq_along(levels(data$size_class)), level),
    lapply(names(functions_of_totals), of_totals),
    list(
      logit_figure("proportion(above_5000)", where, data$above_5000, data$one, design, df),
      logit_figure(level_name("under 1000"), where,
                   1 * (data$size_class == "under 1000"), data$one, design, df),
      logit_figure("ratio(households_1_person, households)", where,
                   data$households_1_person, data$households, design, df)
    )
  )
}

# Figures of domains by svyby; functions of several totals on the subset of the domain.
domain_figures <- function(design, by, with_functions = FALSE) {
  df <- degf(design)
  values <- as.character(design$variables[[by]])
  found <- function(name, result) {
    limits <- confint(result, df = df)
    effect <- c(as.matrix(deff(result)))
    lapply(seq_len(nrow(result)), function(k) {
      label <- as.character(result[[by]][k])
      where <- list(by = by, domain = label)
      with_deff(figure(name, where, coef(result)[k], c(SE(result))[k], limits[k, ]),
                effect[k], sum(values == label))
    })
  }
  group <- column(by)
  share <- if (by == "size_class") c("region", "Espace Mittelland") else c("size_class", "under 1000")
  design <- update(design, level = 1 * (design$variables[[share[1]]] == share[2]))
  figures <- c(
    found("total(built_up_ha)", svyby(~built_up_ha, group, design, svytotal, deff = TRUE)),
    found("mean(population)", svyby(~population, group, design, svymean, deff = TRUE)),
    found("ratio(built_up_ha, population)",
          svyby(~built_up_ha, group, design, svyratio, denominator = ~population, deff = TRUE)),
    found(level_name(share[2], share[1]), svyby(~level, group, design, svymean, deff = TRUE))
  )
  if (!with_functions) return(figures)
  more <- lapply(sort(unique(values)), function(label) {
    part <- design[values == label, ]
    # With one PSU the variance is 0, and the matrix product of svycontrast may round below it.
    if (length(unique(part$cluster[, 1])) == 1) return(list())
    where <- list(by = by, domain = label, n = nrow(part))
    totals <- svytotal(four_totals, part)
    contrasts <- lapply(names(functions_of_totals), function(name) {
      survey_figure(name, where, svycontrast(totals, functions_of_totals[[name]]), df)
    })
    data <- part$variables
    c(contrasts, list(logit_figure("ratio(households_1_person, households)", where,
                                   data$households_1_person, data$households, part, df)))
  })
  c(figures, do.call(c, more))
}

# Covariances of totals, of functions of totals, and of the totals of domains of one breakdown.
covariances <- function(design, by = "region") {
  totals <- svytotal(four_totals, design)
  functions <- svycontrast(totals, c(list("ratio(built_up_ha, population)" = quote(built_up_ha / population)),
                                     functions_of_totals))
  labels <- sort(unique(as.character(design$variables[[by]])))
  parts <- sapply(labels, function(label) design$variables$built_up_ha * (design$variables[[by]] == label))
  rows <- function(v) apply(unname(as.matrix(v)), 1, I, simplify = FALSE)
  national <- function(names) lapply(names, function(name) I(c(name, "national", "all")))
  list(
    totals = list(keys = national(sprintf("total(%s)", names(coef(totals)))), values = rows(vcov(totals))),
    functions = list(keys = national(names(coef(functions))), values = rows(vcov(functions))),
    domains = list(keys = lapply(labels, function(label) I(c("total(built_up_ha)", by, label))),
                   values = rows(vcov(svytotal(parts, design))))
  )
}

read_sample <- function(path) {
  data <- read.csv(path, colClasses = c(stratum = "character"))
  data$size_class <- factor(data$size_class)
  data$one <- 1
  data
}
