"""The one runner: a suite becomes expectations of the library, which are validated, and the result becomes findings.

The library gets two frames. One has a row that holds the type of each published column, in order; the other has the
outcomes of the rules, true or false, a row for each row judged. Neither holds a value of the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from expectations.library import great_expectations as gx

# isort: split
import pandas as pd
import pyarrow as pa
from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.core.expect_column_sum_to_be_between import ExpectColumnSumToBeBetween
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_table_columns_to_match_ordered_list import (
    ExpectTableColumnsToMatchOrderedList,
)
from great_expectations.expectations.core.expect_table_row_count_to_be_between import ExpectTableRowCountToBeBetween
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.data_docs import write_docs
from expectations.outcome import Finding, SuiteOutcome
from expectations.suites import Suite
from transforms.books import Frame
from transforms.quality import Severity

# Nothing is sampled into results: their counts are all that is used.
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}


def validate(
    suite: Suite, judged: Frame, published: pa.Schema, published_rows: int, docs_folder: Path | None
) -> SuiteOutcome:
    """Collect the outcome columns and no other, run the suite, and write Data Docs when a folder is given."""
    outcomes: pa.Table = judged.select(*suite.rule_ids).collect("pyarrow").to_native()
    outcome, result = run_suite(suite, outcomes, published, published_rows)
    if docs_folder is None:
        return outcome
    return replace(outcome, docs_path=write_docs(docs_folder, suite.title, outcome, result))


def run_suite(
    suite: Suite, outcomes: pa.Table, published: pa.Schema, published_rows: int
) -> tuple[SuiteOutcome, ExpectationSuiteValidationResult]:
    """Validate what is about to be published.

    Args:
        suite: what is expected.
        outcomes: one boolean column for each expectation of the rows, without nulls.
        published: schema of the frame that is about to be published.
        published_rows: its rows.

    Returns:
        The findings, and the library's own result for its renderer.

    Raises:
        RuntimeError: an expectation crashed, or an outcome is null. That is an error of ours, never a finding.
    """
    for name in outcomes.column_names:
        if outcomes[name].null_count:
            raise RuntimeError(f"outcome {name} is null in {outcomes[name].null_count} rows")
    context = gx.get_context(mode="ephemeral", project_config=_quiet_project())
    types = pd.DataFrame({field.name: [_type_name(field.type)] for field in published})
    results = [
        *_results(context, f"{suite.name}-contract", types, list(_contract_expectations(suite, published))),
        *_results(context, suite.name, outcomes.to_pandas(), list(_row_expectations(suite, published_rows))),
    ]
    findings = [_finding(suite, result, outcomes.num_rows) for result in results if not result.success]
    findings.sort(key=lambda finding: (-finding.failed_rows, finding.rule_id))
    outcome = SuiteOutcome(
        suite.name,
        outcomes.num_rows,
        tuple(finding for finding in findings if finding.severity is Severity.CRITICAL),
        tuple(finding for finding in findings if finding.severity is Severity.WARNING),
    )
    return outcome, _combined(suite, results)


def _quiet_project() -> DataContextConfig:
    """A project in memory that shows no progress bars, counts nobody's use and makes no folder."""
    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        analytics_enabled=False,
    )


def _contract_expectations(suite: Suite, published: pa.Schema) -> Iterator[Any]:
    """Columns and types. A column that is not there is found by the first; its type is not asked for then."""
    yield ExpectTableColumnsToMatchOrderedList(
        column_list=suite.contract.names,
        severity=FailureSeverity.CRITICAL,
        meta=_meta(f"{suite.name}.columns.contract", "the columns are those of the contract, in its order"),
    )
    for field in suite.contract:
        if field.name in published.names:
            type_name = _type_name(field.type)
            text = f"{field.name} is published as {type_name}"
            yield ExpectColumnValuesToBeInSet(
                column=field.name,
                value_set=[type_name],
                severity=FailureSeverity.CRITICAL,
                description=text,
                meta=_meta(f"{suite.name}.{field.name}.type", text),
            )


def _row_expectations(suite: Suite, published_rows: int) -> Iterator[Any]:
    yield ExpectTableRowCountToBeBetween(
        min_value=suite.min_rows,
        severity=FailureSeverity.CRITICAL,
        meta=_meta(f"{suite.name}.rows.too_few", f"there are {suite.min_rows} rows or more"),
    )
    yield _control_total(suite, published_rows)
    for expectation in suite.rows:
        yield ExpectColumnValuesToBeInSet(
            column=expectation.rule_id,
            value_set=[True],
            mostly=expectation.min_passed_share,
            severity=FailureSeverity(expectation.severity.value),
            description=expectation.text,
            meta=_meta(expectation.rule_id, expectation.text),
        )


def _control_total(suite: Suite, published_rows: int) -> Any:
    text = "as many rows are published as were accepted"
    settings: dict[str, Any] = {
        "min_value": published_rows,
        "max_value": published_rows,
        "severity": FailureSeverity.CRITICAL,
        "description": text,
        "meta": _meta(f"{suite.name}.rows.control_total", text),
    }
    if suite.accepted is None:
        return ExpectTableRowCountToBeBetween(**settings)
    return ExpectColumnSumToBeBetween(column=suite.accepted, **settings)


def _type_name(data_type: pa.DataType) -> str:
    """Name of an Arrow type. Engines differ in the width of text offsets, readers don't see it."""
    return "string" if pa.types.is_large_string(data_type) or pa.types.is_string_view(data_type) else str(data_type)


def _meta(rule_id: str, text: str) -> dict[str, str]:
    return {"rule_id": rule_id, "text": text}


def _results(context: Any, name: str, frame: pd.DataFrame, expectations: list[Any]) -> list[Any]:
    asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe(name).get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name=name, expectations=expectations)
    results: list[Any] = batch.validate(suite, result_format=_RESULT_FORMAT).results
    if len(results) != len(expectations):
        raise RuntimeError(f"suite {name}: {len(expectations)} expectations gave {len(results)} results")
    for result in results:
        # The library reports a crash as a failed expectation with an empty result.
        if not result.result:
            rule_id = result.expectation_config.meta["rule_id"]
            raise RuntimeError(f"suite {name}: the expectation {rule_id} crashed: {result.exception_info}")
    return results


def _finding(suite: Suite, result: Any, rows: int) -> Finding:
    config = result.expectation_config
    rule_id = config.meta["rule_id"]
    failed = result.result["unexpected_count"] if rule_id in suite.rule_ids else rows
    return Finding(rule_id, int(failed), rows, Severity(config.severity.value), config.meta["text"])


def _combined(suite: Suite, results: list[Any]) -> ExpectationSuiteValidationResult:
    successful = sum(1 for result in results if result.success)
    return ExpectationSuiteValidationResult(
        success=successful == len(results),
        results=results,
        suite_name=suite.name,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": successful,
            "unsuccessful_expectations": len(results) - successful,
            "success_percent": 100 * successful / len(results),
        },
        meta={"great_expectations_version": gx.__version__},
    )
