// A cohort as a Nextflow workflow: plan, one task a shard, merge. Everything else is efface's: what is done is not done again.
//
//   nextflow run efface.nf --input IN --cohort OUT
//
// --efface   words that start efface                     (default: efface)
// --plan     options of `efface cohort plan`             (for example '--methods auto --cases-per-shard 16')
// --run      options of `efface cohort run`              (for example '--backend cpu --workers 4')
//
// On a cluster, in nextflow.config: process { executor = 'slurm'; withName: SHARD { clusterOptions = '--gres=gpu:1' } }
// OUT must be under the same path on every node. A shard with failed cases (exit 8) is done; the merge tells of them and ends the
// workflow with an error, its tables are there all the same. A shard that was stopped (exit 75) is tried again where it stopped.

params.input = null
params.cohort = null
params.efface = 'efface'
params.plan = ''
params.run = ''

/** A word as the shell reads it back. */
def quoted(word) {
    "'" + word.toString().replace("'", "'\\''") + "'"
}

def absolute(path) {
    quoted(new File(path.toString()).absolutePath)
}

process PLAN {
    output:
    path 'planned.json'

    script:
    """
    ${params.efface} cohort plan ${absolute(params.input)} ${absolute(params.cohort)} ${params.plan} --quiet --json > planned.json
    """
}

process SHARD {
    errorStrategy { task.exitStatus == 75 ? 'retry' : 'finish' }
    maxRetries 20

    input:
    val shard

    output:
    val shard

    script:
    """
    ${params.efface} cohort run ${absolute(params.cohort)} --shard ${shard} ${params.run} || [ \$? -eq 8 ]
    """
}

process MERGE {
    // The journals of the cohort are its input, and Nextflow does not know them.
    cache false
    debug true

    input:
    val shards

    script:
    """
    ${params.efface} cohort merge ${absolute(params.cohort)}
    """
}

workflow {
    if (params.input == null || params.cohort == null) error 'say --input IN and --cohort OUT'
    shards = PLAN().flatMap { planned -> (0..<new groovy.json.JsonSlurper().parse(planned.toFile()).shards).toList() }
    MERGE(SHARD(shards).collect())
}
