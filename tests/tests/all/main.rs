//! The end-to-end tests. Each module is a sentence that holds.

mod a_killed_receiver_loses_nothing_acknowledged;
mod a_power_cut_loses_nothing_acknowledged;
mod a_senders_address_is_kept_nowhere;
mod an_independent_validator_accepts_every_example;
mod default_resource_attributes_are_stripped;
mod expected;
mod stock_node_sdk_reports;
mod stock_python_sdk_reports;
mod the_machine_does_not_show_in_a_report;
mod the_panel_works_in_a_browser;
mod the_same_report_any_way_is_one_line;
mod without_consent_nothing_is_opened;
mod wrong_contract_names_every_mistake;
mod wrong_request_loses_nothing_else;
