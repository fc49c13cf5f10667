//! What an instance of OpenFn knows of itself.

/// What the instance knows of itself. The figures are those of OpenFn's documentation.
pub(super) struct Instance {
    pub(super) id: &'static str,
    pub(super) users: u64,
    pub(super) active_users: u64,
    pub(super) projects: [Project; 2],
}

/// A project, and who works on it.
pub(super) struct Project {
    pub(super) id: &'static str,
    pub(super) users: u64,
    pub(super) active_users: u64,
    pub(super) workflows: Vec<Workflow>,
}

/// A workflow, and what it ran within the day.
pub(super) struct Workflow {
    pub(super) id: &'static str,
    pub(super) jobs: u64,
    pub(super) runs: u64,
    pub(super) steps: u64,
    pub(super) active_jobs: u64,
}

impl Instance {
    /// An instance in the middle of its life.
    pub(super) fn running() -> Self {
        let workflows = vec![
            Workflow {
                id: "71e1c5a2-5d0b-4c6f-8e0a-2b9d4f6a8c11",
                jobs: 1,
                runs: 6,
                steps: 6,
                active_jobs: 1,
            },
            Workflow {
                id: "a94d3f1e-7c28-4b65-9f31-0d8e6c5b4a12",
                jobs: 4,
                runs: 6,
                steps: 24,
                active_jobs: 4,
            },
        ];
        let busy = Project {
            id: "cf2f5ed0-c1d6-4ae8-8b5f-1a4a3b1f0d01",
            users: 6,
            active_users: 6,
            workflows,
        };
        let new = Project {
            id: "0e7b8a6c-53b4-4f1c-9d5e-6f2a7c8b9d02",
            users: 2,
            active_users: 0,
            workflows: vec![],
        };
        let id = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";
        Self { id, users: 137, active_users: 70, projects: [busy, new] }
    }

    /// Every workflow, with its project.
    pub(super) fn workflows(&self) -> impl Iterator<Item = (&Project, &Workflow)> {
        self.projects
            .iter()
            .flat_map(|project| project.workflows.iter().map(move |workflow| (project, workflow)))
    }

    /// Every UUID.
    pub(super) fn ids(&self) -> Vec<&'static str> {
        let projects = self.projects.iter().map(|project| project.id);
        let workflows = self.workflows().map(|(_, workflow)| workflow.id);
        [self.id].into_iter().chain(projects).chain(workflows).collect()
    }
}
